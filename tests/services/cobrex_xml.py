"""XML as the data centre's client writes it, of our own making."""

from __future__ import annotations

from pathlib import Path

PYTHON = """\
<?xml version="1.0" encoding="UTF-8"?>
<executable_recipe>
  <sphere pipeline="0.15.0" user="all"/>
  <frame_types>
    <frame_type name="TOY_MASTER" description="Mean of toys"/>
  </frame_types>
  <recipe name="toy_mean" instrument="IFS">
    <synopsis value="Mean of toys"/>
    <description short="Averages toys" full="Averages toys &amp; nothing else"/>
    <author name="Ada Lovelace" email="ada@example.org"/>
    <license value="GPL-2.0-or-later"/>
  </recipe>
  <executable>
    <binary value="/usr/bin/python3"/>
    <script value="toy_mean.py"/>
    <includes><include regex="lib/[a-z]+\\.py"/></includes>
  </executable>
  <inputs use_sof="true">
    <input_frame min="1" max="0">
      <frame_type value="TOY_RAW"/>
      <description value="Toys of one night"/>
    </input_frame>
    <input_frame min="0" max="1"><frame_type value="TOY_MASTER_FLAT"/></input_frame>
  </inputs>
  <outputs use_filename_parameter="false">
    <output_frame format="fits">
      <frame_type value="TOY_MASTER"/>
      <default_name value="toy_mean.fits"/>
    </output_frame>
    <extra_output_frame format="png"><frame_type value="PREVIEW"/></extra_output_frame>
  </outputs>
  <parameters prefix="--">
    <parameter name="sigma" optional="true">
      <default_value value="4.5"/><type value="float"/><description value="Clipping"/>
    </parameter>
    <parameter name="method" optional="true">
      <default_value value="1"/><type value="int"/>
      <description value="0 = Mean, 1 = Median, 2 = Sum"/>
    </parameter>
    <parameter name="planes" optional="true">
      <default_value value="1,2,5"/><type value="array"/>
    </parameter>
    <parameter name="label" optional="true">
      <default_value value=""/><type value="string"/>
    </parameter>
    <parameter name="verbose" optional="true">
      <default_value value="true"/><type value="flag"/>
    </parameter>
    <parameter name="dry" optional="true"><type value="flag"/></parameter>
  </parameters>
</executable_recipe>
"""

GDL = """\
<executable_recipe>
  <recipe name="Toy_GDL" instrument="IRDIS"><synopsis value="Runs in GDL"/></recipe>
  <executable>
    <binary value="gdl"/>
    <script value="-q -e 'toy_gdl, $1, /quiet' --args"/>
  </executable>
  <inputs use_sof="true">
    <input_frame min="2" max="4"><frame_type value="TOY_RAW"/></input_frame>
  </inputs>
  <outputs>
    <output_frame format="fits">
      <frame_type value="TOY_GDL"/><default_name value="out"/>
    </output_frame>
  </outputs>
  <parameters prefix="-">
    <parameter name="$1" optional="false">
      <default_value value="3"/><type value="int"/>
    </parameter>
    <parameter name="$2" optional="false">
      <default_value value="deep"/><type value="string"/>
    </parameter>
    <parameter name="n" optional="true"><default_value value="7"/><type value="int"/></parameter>
  </parameters>
</executable_recipe>
"""

NAMED = """\
<executable_recipe>
  <recipe name="toy-named" instrument="SPHERE">
    <synopsis value="Told its files by options"/>
  </recipe>
  <executable><binary value="named.sh"/></executable>
  <inputs use_sof="false">
    <input_frame min="1" max="1"><frame_type value="TOY_RAW"/>
      <filename_parameter value="raw"/>
    </input_frame>
    <input_frame min="0" max="1"><frame_type value="TOY_MASTER"/>
      <filename_parameter value="flat"/>
    </input_frame>
  </inputs>
  <outputs use_filename_parameter="true">
    <output_frame format="fits">
      <frame_type value="TOY_NAMED"/>
      <default_name value="named.fits"/><filename_parameter value="out"/>
    </output_frame>
  </outputs>
  <parameters prefix="-"><parameter name="depth"><type value="int"/></parameter></parameters>
</executable_recipe>
"""

RULES = """\
<association_rules>
  <recipe id="toy_mean">
    <frame_type include="TOY_RAW" limit="0">
      <attribute id="object" use="equal"/>
      <attribute id="obs_night" restriction="equal"/>
      <attribute id="parent_process_id" use="variable"/>
    </frame_type>
    <frame_type include="TOY_MASTER_FLAT" limit="1" optional="true">
      <attribute id="inst_filter" use="equal" allowNull="true"/>
      <attribute id="coro" use="equalOrValue" value="none&#10;x: y"/>
    </frame_type>
    <frame_type include="all" exclude="TOY_DARK"/>
  </recipe>
  <recipe id="other_[a-z]+"><frame_type include="TOY_RAW"/></recipe>
</association_rules>
"""

BAD_RULES = '<recipe id="a"/>\n<recipe id="b"/>\n'


def write_samples(folder: Path, script: str = "print('toy')\n") -> dict[str, Path]:
    """Write all samples with their scripts; return the files by recipe."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "lib").mkdir()
    (folder / "lib" / "means.py").write_text("MEAN = 1\n")
    (folder / "lib" / "NOTES.txt").write_text("left out\n")
    (folder / "toy_mean.py").write_text(script)
    (folder / "named.sh").write_text("#!/bin/sh\n")
    texts = {"toy_mean": PYTHON, "toy_gdl": GDL, "toy-named": NAMED, "rules": RULES}
    paths = {name: folder / f"{name}.xml" for name in texts}
    for name, path in paths.items():
        path.write_text(texts[name], encoding="utf-8")
    return paths
