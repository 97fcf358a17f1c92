"""Our models in the programs of others. One file for each program; none is imported before it is used."""
