"""Lies in the files of an option, a module each: `<choice>_<option>`, judged with that option chosen."""
