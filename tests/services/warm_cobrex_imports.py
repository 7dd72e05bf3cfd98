"""What commands import, read before they are forked."""

import importlib
import pkgutil
import warnings

import cobrex.batch
import cobrex.cli

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    for package in (cobrex.cli, cobrex.batch):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    for name in ("astropy.io.fits", "pymysql", "rich.table", "sqlalchemy.dialects.sqlite"):
        importlib.import_module(name)
