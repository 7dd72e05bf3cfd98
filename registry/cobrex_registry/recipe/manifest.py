"""The manifest of a recipe: recipe.yaml as typed, checked values."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from cobrex_registry.errors import RegistryError
from cobrex_registry.reading.fields import COMPONENT, NAME, Fields
from cobrex_registry.reading.problems import Findings, Problem
from cobrex_registry.reading.strict_yaml import load
from cobrex_registry.semver import Semver

from .calling import Calling, read_calling
from .command import check_command
from .inputs import Input, read_inputs
from .metric import Metric, read_metrics
from .outputs import Output, read_outputs
from .parameter import Parameter
from .parameter_entries import read_parameters
from .recipe_test import RecipeTest, read_tests
from .requirements import EnvironmentSpec, Resources, read_environment, read_resources

FILE = "recipe.yaml"
SCHEMA = "recipe/1"
_KEYS = (
    "schema",
    "name",
    "version",
    "title",
    "description",
    "instrument",
    "type",
    "command",
    "options",
    "inputs",
    "parameters",
    "outputs",
    "qc",
    "resources",
    "environment",
    "volatile",
    "tests",
    "authors",
    "contact",
    "license",
    "docs",
    "issues_url",
    "citation",
    "copied_from",
    "confirm",
)
_KEYWORD = re.compile(r"[A-Z0-9_-]+(?: [A-Z0-9_-]+)*\*?")
_URL = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&'()*+,;=%{}-]{1,500}")
_NUMBER = r"[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}(?:-[0-9A-Za-z.-]{1,80})?"
_COPIED = re.compile(rf"|{COMPONENT.pattern}/{COMPONENT.pattern}@{_NUMBER}")


@dataclass(frozen=True, slots=True)
class Author:
    """Somebody who wrote a recipe.

    Attributes
    ----------
    name, role, email, affiliation : str
        As the manifest says; empty where it does not.
    """

    name: str
    role: str = ""
    email: str = ""
    affiliation: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a recipe says about itself.

    Attributes
    ----------
    name, version, title, description, instrument : str
        Who it is.
    type, subtype : str
        Kind of activity in the IVOA provenance model: ``Calibration``, ``astrometry``.
    command : str
        What is run, with ``{sof}`` and ``{options}``.
    inputs : tuple of Input
        In SOF order; one is main.
    parameters : tuple of Parameter
        In option order.
    outputs : tuple of Output
        Promised products.
    qc : tuple of Metric
        Measured numbers.
    resources : Resources
        What one process may use.
    environment : EnvironmentSpec
        Software it runs in.
    volatile : tuple of str
        Header keywords that may differ between equal products.
    tests : tuple of RecipeTest
        Its own tests.
    authors : tuple of Author
        Who wrote it.
    contact, license, docs, issues_url, citation : str
        For people.
    copied_from : str
        The version it began as a copy of: ``main/ifs_specpos@1.2.0``.
    confirm : tuple of str
        What an import proposed and nobody has looked at yet: ``inputs.raw``; lint refuses it.
    calling : Calling
        How options are spelt.
    """

    name: str
    version: str
    title: str
    description: str
    instrument: str
    type: str
    subtype: str
    command: str
    inputs: tuple[Input, ...]
    parameters: tuple[Parameter, ...]
    outputs: tuple[Output, ...]
    qc: tuple[Metric, ...]
    resources: Resources
    environment: EnvironmentSpec
    volatile: tuple[str, ...]
    tests: tuple[RecipeTest, ...]
    authors: tuple[Author, ...]
    contact: str
    license: str
    docs: str
    issues_url: str
    citation: str
    copied_from: str = ""
    confirm: tuple[str, ...] = ()
    calling: Calling = field(default_factory=Calling)

    @property
    def main_input(self) -> Input:
        """The input the others are found for."""
        return next(one for one in self.inputs if one.main)

    @property
    def main_output(self) -> Output:
        """The product the recipe is run for."""
        return next(one for one in self.outputs if one.main)


def parse(text: str, source: str) -> Manifest:
    """Read a manifest.

    Parameters
    ----------
    text : str
        Contents of ``recipe.yaml``.
    source : str
        Its name in messages.

    Returns
    -------
    Manifest

    Raises
    ------
    RegistryError
        Of kind ``yaml`` when it is no YAML, of kind ``manifest`` with all that is wrong.
    """
    findings = Findings(source)
    manifest = read(load(text, source), findings)
    findings.refuse("manifest")
    return manifest


def problems_of(text: str) -> tuple[Manifest | None, list[Problem]]:
    """Return the manifest as far as it can be read, and all that is wrong with it.

    Parameters
    ----------
    text : str
        Contents of ``recipe.yaml``.

    Returns
    -------
    manifest : Manifest or None
        None when the text is no YAML at all.
    problems : list of Problem
        Empty for a good manifest.
    """
    findings = Findings(FILE)
    try:
        document = load(text, FILE)
    except RegistryError as error:
        place, _, message = error.message.partition(": ")
        line = place.split(":")[1] if ":" in place else "0"
        findings.add(int(line), message or error.message, error.hint)
        return None, findings.problems
    return read(document, findings), findings.problems


def read(document: Any, findings: Findings) -> Manifest:
    """Read a manifest from its document, noting what is wrong."""
    fields = Fields(findings, document, _KEYS)
    fields.choice("schema", (SCHEMA,))
    kind = fields.within("type", ("kind", "subtype"))
    outputs = read_outputs(fields)
    parameters = read_parameters(fields)
    manifest = Manifest(
        name=fields.text("name", pattern=NAME, like="ifs_astrometry: a-z 0-9 _ -"),
        version=read_version(fields),
        title=fields.text("title"),
        description=fields.text("description", ""),
        instrument=fields.text("instrument"),
        type=kind.text("kind") if kind else "",
        subtype=kind.text("subtype", "") if kind else "",
        command=fields.text("command"),
        inputs=read_inputs(fields),
        parameters=parameters,
        outputs=outputs,
        qc=read_metrics(fields, frozenset(one.role for one in outputs)),
        resources=read_resources(fields),
        environment=read_environment(fields),
        volatile=fields.texts("volatile", pattern=_KEYWORD, like="DATE or ESO QC TIME"),
        tests=read_tests(fields),
        authors=_authors(fields),
        contact=fields.text("contact", ""),
        license=fields.text("license", ""),
        docs=fields.text("docs", ""),
        issues_url=fields.text(
            "issues_url",
            "",
            pattern=re.compile(rf"|{_URL.pattern}"),
            like="https://example.org/issues",
        ),
        citation=fields.text("citation", ""),
        copied_from=fields.text("copied_from", "", pattern=_COPIED, like="main/ifs_specpos@1.2.0"),
        confirm=fields.texts("confirm"),
        calling=read_calling(fields),
    )
    check_command(
        fields,
        manifest.command,
        [one.name for one in parameters],
        needs_sof=not all(one.option for one in manifest.inputs),
        has_options=any(one.option for one in manifest.inputs)
        or any(one.option for one in outputs),
    )
    return manifest


def read_version(fields: Fields) -> str:
    """Return the version, which must be a quoted semantic version."""
    value = fields.mapping.get("version")
    if isinstance(value, int | float) and not isinstance(value, bool):
        fields.problem(
            "version", f"must be quoted text, not the number {value}", 'version: "1.0.0"'
        )
        return "0.0.0"
    text = fields.text("version")
    try:
        return str(Semver.parse(text)) if text else "0.0.0"
    except RegistryError as error:
        fields.problem("version", error.message, error.hint)
        return "0.0.0"


def _authors(fields: Fields) -> tuple[Author, ...]:
    return tuple(
        Author(
            item.text("name"),
            item.text("role", ""),
            item.text("email", ""),
            item.text("affiliation", ""),
        )
        for item in fields.items("authors", ("name", "role", "email", "affiliation"))
    )
