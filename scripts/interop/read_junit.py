"""Reads a JUnit file with Python's XML parser and prints its cases as JSON lines: class, name, outcome, properties."""
import json
import sys
from xml.etree import ElementTree

root = ElementTree.parse(sys.argv[1]).getroot()
assert root.tag == "testsuites", root.tag
for suite in root:
    for case in suite.findall("testcase"):
        endings = [child.tag for child in case if child.tag in ("failure", "error", "skipped")]
        values = {one.get("name"): one.get("value") for one in case.iter("property")}
        print(json.dumps([case.get("classname"), case.get("name"), (endings or ["passed"])[0], values]))
