"""An experiment that runs decides what its members are served with, and the log says so."""

import pytest
from django.contrib.auth.models import AnonymousUser

from catalog.models import Title
from events.models import Event
from recommendations import experiments, lists, loading
from recommendations.cold import encode_new_titles
from recommendations.models import Experiment, LoggedList
from tests.factories import make_event, make_experiment, make_title
from tests.platform.recommendations.conftest import PER_GENRE

pytestmark = pytest.mark.slow


@pytest.fixture
def run(monkeypatch):
    def start(**arm):
        monkeypatch.setattr(experiments, "_kept", None)
        return make_experiment(state=Experiment.State.RUNNING, arm_a=arm, arm_b=arm)

    return start


def page(user, *, limit=8):
    return lists.recommendation_page(user, limit=limit, kind=None, cursor=None)[0]


def test_an_arm_with_an_artifact_is_served_by_it(member, live, titles, go_live, run, monkeypatch):
    go_live("second")
    go_live("third")
    make_event(member, titles[0], Event.Kind.RATE, value=5)
    run(artifact="second")
    served = page(member)
    assert served.artifact == "second"
    assert page(AnonymousUser()).artifact == "third"
    row = LoggedList.objects.get(list_id=served.list_id)
    assert row.artifact == "second"
    assert row.experiment == Experiment.objects.get()
    assert row.arm in ("A", "B")


def test_an_arm_whose_artifact_is_gone_is_served_by_the_live_one(
    member, live, titles, run, monkeypatch
):
    make_event(member, titles[0], Event.Kind.RATE, value=5)
    run(artifact="never-made")
    served = page(member)
    assert served.artifact == "toy"
    row = LoggedList.objects.get(list_id=served.list_id)
    assert (row.experiment, row.arm) == (None, "")  # it says nothing about the arm


def test_an_arm_s_artifact_gets_vectors_of_new_titles_too(member, live, titles, go_live, run):
    second, third = go_live("second"), go_live("third")
    new = make_title("Horror night thirteen", genres=("Horror",))
    run(artifact="second")
    assert encode_new_titles() == 2
    assert [found.cold_vectors.get().title for found in (second, third)] == [new, new]
    assert not live.cold_vectors.exists()  # in service no more
    make_event(member, titles[0], Event.Kind.RATE, value=5)
    sources = {pick.title.pk: pick.sources for pick in page(member, limit=30).picks}
    assert sources[new.pk] == ("cold",)


def test_an_arm_with_variety_gets_another_order(member, live, titles, run):
    for liked in (titles[0], titles[1], titles[2], titles[PER_GENRE]):
        make_event(member, liked, Event.Kind.RATE, value=5)
    plain = page(member)
    run(variety=1.0)
    varied = page(member)
    assert varied.rung == plain.rung == "personal"
    assert [pick.title for pick in varied.picks] != [pick.title for pick in plain.picks]


def test_each_arm_s_artifact_is_loaded_once_and_dropped_at_the_end(
    member, live, titles, go_live, monkeypatch
):
    go_live("second")
    go_live("third")
    go_live("fourth")
    loads, load = [], loading.load
    monkeypatch.setattr(loading, "load", lambda folder: loads.append(folder.name) or load(folder))
    for _ in range(3):
        assert loading.named("second").name == "second"
        assert loading.named("third").name == "third"
    assert sorted(loads) == ["fourth", "second", "third"]
    page(member)  # nothing runs
    assert not loading._rivals


def test_a_catalog_without_a_title_is_a_page_all_the_same(member, live, titles):
    make_event(member, titles[0], Event.Kind.RATE, value=5)
    Title.objects.update(published=False)
    assert page(member).picks == []
