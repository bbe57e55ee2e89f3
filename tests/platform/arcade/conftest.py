import pytest

from tests.factories import make_user
from tests.platform.api.conftest import Api
from tests.platform.arcade.matches import scripted, scripted_levels  # noqa: F401  # fixtures
from tests.platform.arcade.training import own_state, trained_agents  # noqa: F401  # fixtures


@pytest.fixture
def owner(db: None) -> Api:
    return Api(make_user())


@pytest.fixture
def stranger(db: None) -> Api:
    return Api(make_user())


@pytest.fixture
def anonymous(db: None) -> Api:
    return Api()


@pytest.fixture
def unthrottled(settings) -> None:
    rates = {"anon": "1000000/min", "user": "1000000/min"}
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"DEFAULT_THROTTLE_RATES": rates}
