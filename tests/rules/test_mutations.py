"""Every mutant of `make mutants` still fits the code that it is to break."""

import ast

import pytest

from tests.mutations import MUTANTS, Mutant
from tests.rules.sources import ROOT


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.promise)
def test_a_mutant_changes_one_place_into_other_valid_code(mutant: Mutant) -> None:
    sound = (ROOT / mutant.file).read_text()
    assert sound.count(mutant.old) == 1, f"{mutant.file} has changed; write this mutant anew"
    changed = sound.replace(mutant.old, mutant.new)
    assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse(sound))
