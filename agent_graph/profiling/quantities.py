"""Signs that stand around a number: currencies, units, powers of ten; and what a cell with a number looks like."""

from __future__ import annotations

import re

CURRENCIES = frozenset([
    "US$", "A$", "C$", "R$", "NZ$", "HK$", "S$", "$", "€", "£", "¥", "₹", "₽", "₺", "₩", "₪", "₫", "฿", "₴", "₦", "¢",
    "zł", "Kč", "kr.", "kr", "Rs.", "Rs", "Fr.", "CHF", "EUR", "USD", "GBP", "JPY", "CNY", "INR", "AUD", "CAD", "NZD",
    "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "RUB", "TRY", "BRL", "MXN", "ZAR", "KRW", "SGD", "HKD", "ILS", "AED",
    "THB", "RON", "Ft", "лв", "руб.", "руб", "Euro",
])  # fmt: skip
ALIASES = {
    "EUR": "€", "Euro": "€", "USD": "$", "US$": "$", "GBP": "£", "PLN": "zł", "CZK": "Kč", "INR": "₹", "Rs": "₹",
    "Rs.": "₹", "kr.": "kr", "Fr.": "CHF", "руб.": "₽", "руб": "₽", "RUB": "₽", "JPY": "¥", "BRL": "R$", "HUF": "Ft",
}  # fmt: skip
UNITS = frozenset([
    "sq ft",
    "%", "‰", "pct", "percent", "kg", "g", "mg", "µg", "μg", "t", "lb", "lbs", "oz", "km", "m", "cm", "mm", "µm",
    "nm", "mi", "miles", "ft", "in", "yd", '"', "'", "l", "L", "ml", "mL", "cl", "dl", "hl", "gal", "h", "hr", "hrs",
    "hour", "hours", "min", "min.", "mins", "minutes", "s", "sec", "sec.", "seconds", "ms", "d", "day", "days",
    "weeks", "months", "yr", "yrs", "year", "years", "°", "°C", "°F", "℃", "K", "bar", "mbar", "Pa", "hPa", "kPa",
    "MPa", "psi", "V", "kV", "mV", "mA", "kW", "MW", "kWh", "MWh", "Wh", "kJ", "kcal", "cal", "Hz", "kHz", "MHz",
    "GHz", "rpm", "km/h", "kmh", "mph", "m/s", "m²", "m2", "m³", "m3", "qm", "sqm", "sqft", "ha", "ac", "acres",
    "pcs", "pcs.", "Stk", "Stk.", "Stück", "ppm", "ppb", "dB", "mPas", "mPa·s", "Nm", "KB", "MB", "GB", "TB", "mg/l",
    "mg/L", "mg/dl", "mg/dL", "mmol/l", "mmol/L", "g/l", "µg/m³", "ug/m3", "px", "pt", "x", "cc", "hp", "bhp", "PS",
    "Mbit/s",
])  # fmt: skip
SCALES = {
    "k": "e3", "K": "e3", "M": "e6", "m": "e6", "Mio": "e6", "Mio.": "e6", "mn": "e6", "bn": "e9", "B": "e9", "Mrd":
    "e9",
    "Mrd.": "e9",
}  # fmt: skip
SPACES = " \u00a0\u202f\u2009"
APOSTROPHES = "'’‘`´"
MINUS = "−–"
_MONEY = "|".join(re.escape(sign) for sign in sorted(CURRENCIES, key=lambda sign: (-len(sign), sign)))
_GAP = f"[{SPACES}]*"
_CELL = (
    rf"^(?:(?P<outside>{_MONEY}){_GAP}(?=\())?(?P<open>\()?{_GAP}(?P<about><=|>=|[<>≤≥~≈])?{_GAP}(?P<sign>[-+{MINUS}])?"
    rf"{_GAP}(?P<before>{_MONEY})?{_GAP}(?P<inner>[-+{MINUS}])?{_GAP}"
    rf"(?P<digits>[0-9][0-9.,_{SPACES}{APOSTROPHES}]*[0-9]|[0-9]|[.,][0-9]+)(?P<exponent>[eE][-+]?[0-9]{{1,3}}(?![0-9]))?{_GAP}"
    rf"(?P<behind>[^\W\d_][^\d()<>;:_{MINUS}-]{{0,12}}[23]?|[%‰°\"'$€£¥₹₽₺₩₪₫฿₴₦¢][^\d()<>;:_{MINUS}-]{{0,5}})?"
    rf"(?P<trailing>[-{MINUS}])?{_GAP}(?P<close>\))?$"
)
CELL = re.compile(_CELL)
ZERO = re.compile(rf"^[{SPACES}]*(?:{_MONEY})?[{SPACES}]*[-{MINUS}—]{{1,2}}[{SPACES}]*(?:{_MONEY})?[{SPACES}]*$")


def currency(sign: str) -> str:
    """One name for each currency."""
    return ALIASES.get(sign, sign)


def singular(units: set[str]) -> set[str]:
    """'day' and 'days', 'kg' and 'kg.' are one."""
    known = {unit.rstrip(".").lower() if len(unit) > 2 else unit.rstrip(".") for unit in units}
    return {
        unit
        for unit in known
        if not any(unit != other and unit in (other + "s", other + "en", other + "e") for other in known)
    }
