"""The client side of SMART App Launch and OAuth. Knows nothing of app."""
