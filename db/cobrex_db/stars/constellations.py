"""Greek letters and constellations as people write them."""

from __future__ import annotations

_GREEK = {
    "alp": "α alf alpha", "bet": "β beta", "gam": "γ gamma", "del": "δ delta",
    "eps": "ε epsilon", "zet": "ζ zeta", "eta": "η", "the": "θ tet theta", "iot": "ι iota",
    "kap": "κ kappa", "lam": "λ lambda", "mu": "μ", "nu": "ν", "xi": "ξ ksi",
    "omi": "ο omicron", "pi": "π", "rho": "ρ", "sig": "σ ς sigma", "tau": "τ",
    "ups": "υ upsilon", "phi": "φ", "chi": "χ khi", "psi": "ψ", "ome": "ω omega",
}  # fmt: skip

_CONSTELLATIONS = """
And Andromeda Andromedae; Ant Antlia Antliae; Aps Apus Apodis; Aql Aquila Aquilae;
Aqr Aquarius Aquarii; Ara Ara Arae; Ari Aries Arietis; Aur Auriga Aurigae; Boo Bootes Bootis;
Cae Caelum Caeli; Cam Camelopardalis; Cap Capricornus Capricorni; Car Carina Carinae;
Cas Cassiopeia Cassiopeiae; Cen Centaurus Centauri; Cep Cepheus Cephei; Cet Cetus Ceti;
Cha Chamaeleon Chamaeleontis; Cir Circinus Circini; CMa CanisMajor CanisMajoris;
CMi CanisMinor CanisMinoris; Cnc Cancer Cancri; Col Columba Columbae;
Com ComaBerenices ComaeBerenices; CrA CoronaAustralis CoronaeAustralis;
CrB CoronaBorealis CoronaeBorealis; Crt Crater Crateris; Cru Crux Crucis; Crv Corvus Corvi;
CVn CanesVenatici CanumVenaticorum; Cyg Cygnus Cygni; Del Delphinus Delphini;
Dor Dorado Doradus; Dra Draco Draconis; Equ Equuleus Equulei; Eri Eridanus Eridani;
For Fornax Fornacis; Gem Gemini Geminorum; Gru Grus Gruis; Her Hercules Herculis;
Hor Horologium Horologii; Hya Hydra Hydrae; Hyi Hydrus Hydri; Ind Indus Indi;
Lac Lacerta Lacertae; Leo Leonis; Lep Lepus Leporis; Lib Libra Librae; LMi LeoMinor LeonisMinoris;
Lup Lupus Lupi; Lyn Lynx Lyncis; Lyr Lyra Lyrae; Men Mensa Mensae;
Mic Microscopium Microscopii; Mon Monoceros Monocerotis; Mus Musca Muscae; Nor Norma Normae;
Oct Octans Octantis; Oph Ophiuchus Ophiuchi; Ori Orion Orionis; Pav Pavo Pavonis;
Peg Pegasus Pegasi; Per Perseus Persei; Phe Phoenix Phoenicis; Pic Pictor Pictoris;
PsA PiscisAustrinus PiscisAustrini; Psc Pisces Piscium; Pup Puppis; Pyx Pyxis Pyxidis;
Ret Reticulum Reticuli; Scl Sculptor Sculptoris; Sco Scorpius Scorpii; Sct Scutum Scuti;
Ser Serpens Serpentis; Sex Sextans Sextantis; Sge Sagitta Sagittae;
Sgr Sagittarius Sagittarii; Tau Taurus Tauri; Tel Telescopium Telescopii;
TrA TriangulumAustrale TrianguliAustralis; Tri Triangulum Trianguli; Tuc Tucana Tucanae;
UMa UrsaMajor UrsaeMajoris; UMi UrsaMinor UrsaeMinoris; Vel Vela Velorum;
Vir Virgo Virginis; Vol Volans Volantis; Vul Vulpecula Vulpeculae
"""

GREEK: dict[str, str] = {
    spelling: letter for letter, more in _GREEK.items() for spelling in (letter, *more.split())
}

CONSTELLATIONS: dict[str, str] = {
    form.lower(): forms.split()[0] for forms in _CONSTELLATIONS.split(";") for form in forms.split()
}
