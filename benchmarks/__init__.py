"""Side-by-side measurements: `make bench` prints one table of ratios, with the machine's name and its limit."""
