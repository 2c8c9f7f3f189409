"""The page of terms is current, and each term is found by its letter and explained in a sentence."""

import re

from singmap.configuration import read_yaml
from tools.glossary_reference import PAGE, TERMS, current


def test_the_page_is_current():
    assert PAGE.read_text(encoding="utf-8") == current(), "run `make references`"


def test_terms_stand_in_alphabetical_order():
    terms = [re.sub(r"[^a-z]", "", term.lower()) for term in read_yaml(TERMS)]
    assert terms == sorted(terms)


def test_each_term_is_explained_in_sentences_that_a_table_can_hold():
    for term, meaning in read_yaml(TERMS).items():
        assert re.fullmatch(r"[A-Z].{20,}\.", meaning), term
        assert "|" not in meaning
