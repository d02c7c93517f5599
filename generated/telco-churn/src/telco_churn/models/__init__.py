"""Estimators of one interface, blended and calibrated into the one model that answers."""
