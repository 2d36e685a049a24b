"""The guides name what is there: alarms, variables, files, commands. They go stale in silence otherwise."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TERRAFORM = ROOT / "terraform"
GUIDES = ["deployment.md", "operations.md", "cost.md", "security.md"]


def text(path):
    return (ROOT / path).read_text()


def blocks(source, pattern):
    """The bodies of the top-level blocks whose first line matches; their last brace begins a line."""
    return re.findall(rf"^{pattern} {{\n(.*?)^}}$", source, re.MULTILINE | re.DOTALL)


def alarm_names():
    source = text("terraform/alarms.tf")
    names = []
    for body in blocks(source, r'resource "aws_cloudwatch_metric_alarm" "\w+"'):
        name = re.search(r'alarm_name\s*= "\$\{local\.name\}-(.+)"$', body, re.MULTILINE).group(1)
        names += re.findall(r"^    ([a-z-]+) = \{$", source, re.MULTILINE) if name == "${each.key}" else [name]
    return sorted(names)


def variable_names():
    return re.findall(r'^variable "(\w+)" {$', text("terraform/variables.tf"), re.MULTILINE)


def anchors(path):
    """GitHub's anchors of a page's headings; a repeated one gets a number."""
    seen = {}
    result = set()
    for heading in re.findall(r"^#+ (.+)$", text(path), re.MULTILINE):
        anchor = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        count = seen.get(anchor, 0)
        seen[anchor] = count + 1
        result.add(f"{anchor}-{count}" if count else anchor)
    return result


def test_the_alarms_are_found():
    assert {"dead-letters", "no-worker", "failed-jobs", "database-storage"} <= set(alarm_names())


def test_operations_explains_every_alarm_and_no_other():
    section = text("docs/operations.md").partition("\n## Alarms\n")[2].partition("\n## ")[0]
    assert sorted(re.findall(r"^### (.+)$", section, re.MULTILINE)) == alarm_names()


def test_operations_explains_every_failure_code_as_the_service_does():
    source = text("Sources/AnalysisAPI/ProblemCode.swift")
    codes = dict(re.findall(r'^    case (\w+) = "(\w+)"$', source, re.MULTILINE))
    sentences = re.findall(r'^        case ([^:]+): "(.+)"$', source, re.MULTILINE)
    section = text("docs/operations.md").partition("\n## Failure codes\n")[2].partition("\n## ")[0]
    told = dict(re.findall(r"^\| `(\w+)` \| \d+ \| (?:yes|no) \| (.+) \|$", section, re.MULTILINE))
    assert sorted(told) == sorted(codes.values()) and len(codes) > 20
    for names, sentence in sentences:
        for name in names.split(", "):
            assert sentence in told[codes[name.removeprefix(".")]]


def test_every_variable_is_said_to_someone():
    told = "".join(text(f"docs/{guide}") for guide in GUIDES) + text("terraform/terraform.tfvars.example")
    missing = [name for name in variable_names() if not re.search(rf"\b{name}\b", told)]
    assert missing == [], "name them in a guide or in terraform.tfvars.example"


def test_guides_and_example_set_no_variable_that_is_not_there():
    known = set(variable_names())
    for path in [f"docs/{guide}" for guide in GUIDES] + ["terraform/terraform.tfvars.example"]:
        for name in re.findall(r"^(?:# ?|    )([a-z][a-z0-9_]+) +=(?!=) ", text(path), re.MULTILINE):
            assert name in known, f"{path} sets {name}"


def test_guides_ask_for_outputs_that_are_there():
    outputs = set(re.findall(r'^output "(\w+)" {$', text("terraform/outputs.tf"), re.MULTILINE))
    for guide in GUIDES:
        for name in re.findall(r"terraform output (?:-raw |-json )(\w+)", text(f"docs/{guide}")):
            assert name in outputs, f"docs/{guide} asks for the output {name}"


PAGES = sorted(path.relative_to(ROOT).as_posix() for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", text(page)):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        path = (ROOT / page).parent / file if file else ROOT / page
        assert path.exists(), f"{page} links to {target}"
        if anchor:
            assert anchor in anchors(path), f"{page} links to {target}"


def test_every_decision_is_listed():
    listed = set(re.findall(r"\((\d{4}-[^)]+\.md)\)", text("docs/decisions/README.md")))
    assert listed == {path.name for path in (ROOT / "docs/decisions").glob("0*.md")}
