"""Parts of a page: what is made when it is opened, and what a page must not hold on to."""

import gc
import weakref

import panel as pn

from mrt_studio.ui import kit


def test_a_page_is_freed_and_no_other_page_makes_it_busy():
    page = kit.page("one")
    pn.state._add_busy_event("a callback")
    assert pn.state.busy
    assert not page.busy
    pn.state._remove_busy_event("a callback")
    gone = weakref.ref(page)
    del page
    gc.collect()
    assert gone() is None


def test_a_tab_is_made_once_when_it_is_first_opened():
    made = []

    def make():
        made.append(pn.Column("late"))
        return made[-1]

    tabs = kit.tabs(("Early", pn.Column("early")), ("Late", make))
    assert made == []
    for active in (1, 0, 1):
        tabs.active = active
    assert len(made) == 1
    assert list(tabs[1]) == made


def test_a_part_that_is_unfolded_at_once_is_made_at_once():
    folds = kit.accordion(("Open", lambda: pn.Column("seen")), ("Closed", lambda: pn.Column("unseen")), active=[0])
    assert [len(place) for place in folds] == [1, 0]
    folds.active = [0, 1]
    assert [len(place) for place in folds] == [1, 1]
