"""A model on this machine: fetched once, run by llama.cpp in a process of its own, spoken to through the door."""
