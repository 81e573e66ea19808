"""From a Diagnosis and the files it names to a proposed fix, by a model, behind one Protocol."""
