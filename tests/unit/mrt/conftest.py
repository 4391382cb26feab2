import pytest

from mrt_studio import Model
from tests.models.tiny import SHAPE, tiny_model
from tests.unit.mrt.helpers import noise


@pytest.fixture
def files(tmp_path):
    return tiny_model(tmp_path)


@pytest.fixture
def prepared(files):
    return Model.load(*files).prepare((-1, *SHAPE))


@pytest.fixture
def mrt(prepared):
    made = prepared.get_mrt()
    made.set_data(noise(4))
    made.calibrate()
    return made
