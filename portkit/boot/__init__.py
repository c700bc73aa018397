"""Boots illumos drivers on a simulated kernel and a simulated Hyper-V host, and says what they did.

The C side (machine, host, kernel, klib, scenario) is one program; the modules are shared objects that it loads.  The
Python side builds both, runs the scenarios, and shows what came of them.
"""
