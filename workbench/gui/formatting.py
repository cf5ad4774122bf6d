"""Numbers and durations as people read them: in their language, thin-space thousands, one unit, no false precision."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale

THIN = "\u2009"
_NARROW = "\u202f"


def count(value: float) -> str:
    """Whole number with thin-space thousands: ``1 234 567``."""
    locale = QLocale()
    locale.setNumberOptions(QLocale.NumberOption.DefaultNumberOptions)
    return locale.toString(round(value)).replace(locale.groupSeparator(), THIN)


def short_count(value: float) -> str:
    """Count with at most three digits: ``954``, ``12.3 k``, ``1.24 M``, ``2.1 G``."""
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= limit:
            return f"{_three_digits(value / limit)}{_NARROW}{unit}"
    return decimal(value, 0)


def axis_count(value: float) -> str:
    """Round number for an axis: ``10 k``, ``1 M``."""
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= limit:
            return f"{significant(value / limit, 6)}{_NARROW}{unit}"
    return significant(value, 6)


def size(size_bytes: float) -> str:
    """Decimal file size: ``74.2 KB``."""
    for limit, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "KB")):
        if size_bytes >= limit:
            return f"{_three_digits(size_bytes / limit)}{_NARROW}{unit}"
    return f"{decimal(size_bytes, 0)}{_NARROW}{QCoreApplication.translate('Format', 'bytes')}"


def decimal(value: float, digits: int) -> str:
    """Number with so many digits behind the point."""
    return _number(value, "f", digits)


def significant(value: float, digits: int) -> str:
    """Number with at most so many digits, in powers of ten where it is very large or small."""
    return _number(value, "g", digits)


def percent(share: float, digits: int = 1) -> str:
    """Share 0..1 as percent: ``94.2 %``."""
    return f"{decimal(100 * share, digits)}{_NARROW}%"


def percent_of(share: float, n: int) -> str:
    """Share 0..1 with the number it was measured on: ``94.2 % of 400``."""
    return QCoreApplication.translate("Format", "{0} of {1}").format(percent(share), count(n))


def duration(seconds: float) -> str:
    """Time for people: ``0:42``, ``12:05``, ``1:02:07``."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, second = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{second:02}" if hours else f"{minutes}:{second:02}"


def _three_digits(value: float) -> str:
    magnitude = abs(value)
    digits = 2 if magnitude < 9.995 else 1 if magnitude < 99.95 else 0
    return decimal(value, digits)


def _number(value: float, form: str, digits: int) -> str:
    locale = QLocale()
    locale.setNumberOptions(QLocale.NumberOption.OmitGroupSeparator)
    # Qt rounds halves up, Python to even; the window and the command line have to say the same.
    return locale.toString(float(f"{value:.{digits}{form}}"), form, digits)
