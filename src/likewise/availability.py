"""Which optional packages are installed. Imports none of them."""

from __future__ import annotations

import importlib.util
import re
from importlib import metadata


def check_package_availability(package_name: str, owner: str) -> bool:
    """Whether a package is installed, and is the one of this owner.

    Different packages may share a name; the owner is looked for in the addresses that the package names.

    Args:
        package_name: Name of the package, such as "datasets".
        owner: Its owner on GitHub, such as "huggingface".

    Returns:
        True if it is installed and one of its addresses is https://github.com/OWNER/... .

    Example:
        >>> check_package_availability("no-such-package", "nobody")
        False
    """
    try:
        described = metadata.metadata(package_name)
    except metadata.PackageNotFoundError:
        return False
    addresses = [*(described.get_all("Project-URL") or []), *(described.get_all("Home-page") or [])]
    pattern = re.compile(rf"https?://(www\.)?github\.com/{re.escape(owner)}(/|$)", re.IGNORECASE)
    return any(pattern.search(address) for address in addresses)


def is_accelerate_available() -> bool:
    """Whether accelerate is installed.

    Returns:
        True if it is.

    Example:
        >>> is_accelerate_available() in (True, False)
        True
    """
    return importlib.util.find_spec("accelerate") is not None


def is_datasets_available() -> bool:
    """Whether datasets is installed.

    Returns:
        True if it is.

    Example:
        >>> is_datasets_available() in (True, False)
        True
    """
    return importlib.util.find_spec("datasets") is not None


def is_training_available() -> bool:
    """Whether what training needs is installed: accelerate and datasets.

    Returns:
        True if both are.

    Example:
        >>> is_training_available() == (is_accelerate_available() and is_datasets_available())
        True
    """
    return is_accelerate_available() and is_datasets_available()
