# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a value is what an argument spec asks for, without any conversion, and the sentence if it is not.

Ansible's own validation splits a text at its commas where a list belongs and turns numbers into texts, but roles see
the value as it was written.
"""

from __future__ import annotations

import difflib
import json
import math
import re

from ansible.module_utils.parsing.convert_bool import BOOLEANS
from ansible.parsing.vault import EncryptedString

LONGEST = 60
LOGIN = re.compile(r"//[^/@\s]*@")
SAMPLES = {"int": 4, "float": 0.5}


def problems(label, option, value):
    """Return one sentence for each thing that is wrong with the value of an option.

    Args:
        label (str): What the option is called in the sentence.
        option (dict): The option as in an argument spec: type, elements, options, choices, default, required, no_log.
        value: The value as YAML, a template or the command line gave it.

    Returns:
        list[str]: The sentences, none if the value is good.

    """
    kind = option.get("type", "str")
    if value is None:
        return [f"{label} has no value: give one{way_out(option)}"]
    if sentence := KINDS[kind](label, option, value):
        return [sentence]
    if kind == "list":
        element = {key: option[key] for key in ("options", "no_log") if key in option} | {
            "type": option.get("elements", "raw"),
            "required": True,
        }
        return [
            each for number, item in enumerate(value, 1) for each in problems(f"{label}, item {number}", element, item)
        ]
    if kind == "dict":
        return keys(label, option, value)
    return chosen(label, option, value)


def keys(label, option, value):
    """Return what is wrong with the keys of a dictionary and with what they hold."""
    options = option.get("options")
    found = [
        f"{label}: YAML reads a key as {read_as(key, option)}: put it in quotes"
        for key in value
        if not isinstance(key, str)
    ]
    names = {key: each for key, each in value.items() if isinstance(key, str)}
    if options is None:
        return found + [
            f"{label}, {shown(key)} has no value: give one, or remove the line"
            for key, each in names.items()
            if each is None
        ]
    strange = (key for key in names if key not in options)
    found += [
        f"{label}: {shown(key)} is not an option{meant(key, options)}: use {', '.join(options)}" for key in strange
    ]
    for key, each in options.items():
        if key in names:
            found += problems(f"{label}, {key}", each, names[key])
        elif each.get("required"):
            found.append(f"{label}: {key} is missing: add it")
    return found


def chosen(label, option, value):
    """Return what is wrong with the choice of a value that has the right type."""
    choices = option.get("choices")
    if choices and value not in choices:
        values = ", ".join(map(str, filter(None, choices)))
        return [f"{label}{told(value, option)} is not one of its values{meant(value, choices)}: use {values}"]
    may_be_empty = choices or option.get("no_log") or not (option.get("required") or option.get("default"))
    if isinstance(value, str) and not value.strip() and not may_be_empty:
        return [f"{label} is empty: give a value{way_out(option)}"]
    return []


def is_text(label, option, value):
    if isinstance(value, (list, tuple, dict)):
        return f"{label} is {what(value)}: give a single text, without brackets, braces or hyphens"
    if not isinstance(value, str):
        return f"{label}: YAML reads the value as {read_as(value, option)}: put it in quotes"
    return f"{label} contains a null character: remove it" if "\0" in value else None


def is_list(label, option, value):
    if isinstance(value, (list, tuple)):
        return None
    cure = f"write one item on each line after a hyphen{in_json(label, '[...]')}"
    return f"{label}{told(value, option)} is {what(value)}, not a list: {cure}"


def is_dict(label, option, value):
    if isinstance(value, dict):
        return None
    cure = f"write one name and its value on each line{in_json(label, '{...}')}"
    return f"{label}{told(value, option)} is {what(value)}, not a dictionary: {cure}"


def is_whole(label, option, value):
    if (isinstance(value, int) and not isinstance(value, bool)) or (
        isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value)
    ):
        return None
    return (
        f"{label}{told(value, option)} is not a whole number: give one such as {option.get('default', SAMPLES['int'])}"
    )


def is_number(label, option, value):
    if (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, float) and math.isfinite(value)):
        return None
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,18})?|-?\.[0-9]{1,18}", value):
        return None
    return f"{label}{told(value, option)} is not a number: give one such as {option.get('default', SAMPLES['float'])}"


def is_bool(label, option, value):
    known = isinstance(value, (bool, int, str)) and (value.lower() if isinstance(value, str) else value) in BOOLEANS
    return None if known else f"{label}{told(value, option)} is neither true nor false: write true or false"


def is_scalar(label, _option, value):
    return f"{label} is {what(value)}: give a single value" if isinstance(value, (list, tuple, dict)) else None


KINDS = {
    "str": is_text,
    "path": is_text,
    "list": is_list,
    "dict": is_dict,
    "int": is_whole,
    "float": is_number,
    "bool": is_bool,
    "raw": is_scalar,
}


def what(value):
    """Return the name of what a value is."""
    names = {
        bool: "a boolean",
        str: "text",
        list: "a list",
        tuple: "a list",
        dict: "a dictionary",
        int: "a number",
        float: "a number",
        type(None): "null",
    }
    return next((name for kind, name in names.items() if isinstance(value, kind)), "a date")


def read_as(value, option):
    """Return what YAML has made of something that was not quoted."""
    if option.get("no_log"):
        return what(value)
    return f"{what(value).replace('a ', 'the ', 1)} {shown(value)}"


def told(value, option):
    """Return a value as it follows the name of its option, nothing where it is a secret or long."""
    return "" if option.get("no_log") or isinstance(value, (list, tuple, dict)) else f": {shown(value)}"


def in_json(label, example):
    """Return how a value that is not a text is given on the command line, which is possible for whole variables."""
    return f""", or with -e as JSON, such as '{{"{label}": {example}}}'""" if label.isidentifier() else ""


def shown(value):
    """Return a value on one line, without logins, and not longer than a line can be."""
    text = LOGIN.sub("//", json.dumps(value, ensure_ascii=False, default=str))
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 4]}..."


def meant(name, names):
    """Return a question for the nearest of some names, or nothing."""
    near = nearest(name, names)
    return f" (did you mean {near}?)" if near else ""


def nearest(name, names, cutoff=0.6):
    """Return the most similar of some names, or None.

    What is an abbreviation of the other is more similar than its letters tell.
    """
    close = difflib.get_close_matches(str(name), [str(each) for each in names if each], 20, cutoff)
    return max(close, key=lambda each: similarity(str(name), each), default=None)


def decrypted(value):
    """Return a value in which nothing is a text that Ansible decrypts at its first use."""
    if isinstance(value, EncryptedString):
        return str(value)
    if isinstance(value, dict):
        return {key: decrypted(each) for key, each in value.items()}
    return [decrypted(each) for each in value] if isinstance(value, (list, tuple)) else value


def similarity(one, other):
    """Return how alike two names are, from 0 to 1.2."""
    short, long = sorted((one, other), key=len)
    rest = iter(long)
    abbreviated = all(letter in rest for letter in short)
    return difflib.SequenceMatcher(None, one, other).ratio() + (0.2 if abbreviated else 0)


def way_out(option):
    """Return what else can be done than giving a value."""
    if option.get("required"):
        return ""
    default = option.get("default")
    return f", or remove the line to use the default{' ' + str(default) if default not in (None, '', [], {}) else ''}"
