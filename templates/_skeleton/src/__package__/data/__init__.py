"""From raw files to typed rows: landing, contract, processed layer, lineage."""
