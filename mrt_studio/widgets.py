"""The notebook's face: the widgets under the names that people use."""

from mrt_studio.ui.widgets.error_profile import ErrorProfile
from mrt_studio.ui.widgets.lab_view import ThresholdLab
from mrt_studio.ui.widgets.model_view import GraphView
from mrt_studio.ui.widgets.pipeline_bar import PipelineBar
from mrt_studio.ui.widgets.precision_ledger import PrecisionLedger
from mrt_studio.ui.widgets.studio import Studio

__all__ = ["ErrorProfile", "GraphView", "PipelineBar", "PrecisionLedger", "Studio", "ThresholdLab"]
