"""Opening the app beside a chart: makes a launch as the control API does."""

from sandbox.control.launches import launch_url, make_launch
from sandbox.jsontypes import Json
from sandbox.staff import ADMINISTRATOR
from sandbox.state import Sandbox
from sandbox.window.page import find_client
from sandbox.window.view import View

STYLE_PATH = "/_window/style/mercy-west-1.json"
# The eleven properties of a smart_style_url document; a new look needs a new address.
STYLE = {
    "color_background": "#f7f4ec",
    "color_error": "#8f1d14",
    "color_highlight": "#0f5f57",
    "color_modal_backdrop": "#1e2a2e",
    "color_success": "#1d6334",
    "color_text": "#1e2a2e",
    "dim_border_radius": "2px",
    "dim_font_size": "14px",
    "dim_spacing_size": "16px",
    "font_family_body": "Georgia, 'Times New Roman', serif",
    "font_family_heading": "Georgia, 'Times New Roman', serif",
}


class CannotOpen(Exception):
    """The EHR would not make a launch; the message is for the person at the window."""


def build_launch_request(state: Sandbox, view: View) -> Json:
    """The body of a launch request for what is on screen, switches included."""
    asked: Json = {
        "personality": view.personality,
        "client_id": find_client(state, view.personality),
        "patient": view.patient,
        "need_patient_banner": not state.settings.get("window_ehr-banner"),
    }
    if state.settings.get("window_ehr-colors"):
        asked["smart_style_url"] = f"{state.origin}{STYLE_PATH}"
    if state.settings.get("window_as-administrator"):
        asked["user"] = ADMINISTRATOR["id"]
    return asked


def open_launch(state: Sandbox, view: View) -> str:
    """The address that opens the app for this chart. Raises CannotOpen."""
    asked = build_launch_request(state, view)
    if not asked["client_id"]:
        raise CannotOpen("No app is registered with this EHR.")
    if not view.patient:
        raise CannotOpen("Choose a chart first.")
    return launch_url(state, make_launch(state, asked)) or ""
