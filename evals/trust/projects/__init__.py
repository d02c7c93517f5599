"""Dishonest and broken projects beside their honest twins: does the named check tell them apart?"""
