"""Maps the data folders of the checkout into the package, so that a wheel carries them (ADR 0003)."""

from setuptools import find_packages, setup

DATA = ("mappings", "ivs", "fonts")

setup(
    packages=[
        *find_packages(include=["gaiji_hub", "gaiji_hub.*"]),
        *(f"gaiji_hub.data.{name}" for name in DATA),
    ],
    package_dir={f"gaiji_hub.data.{name}": name for name in DATA},
    package_data={
        "": ["*.tsv", "*.toml", "*.txt", "MANIFEST", "*.md", "LICENSES/*", "built/*", "curated/*"],
        "gaiji_hub.web": ["templates/*", "templates/**/*", "static/*"],
        "gaiji_hub.workbench": ["*.xsd", "*.typ"],
        "gaiji_hub.store": ["migrations/*", "migrations/**/*"],
        "gaiji_hub": ["py.typed"],
    },
)
