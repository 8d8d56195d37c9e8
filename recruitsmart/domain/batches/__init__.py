"""One act done to many candidates, person by person: who was chosen, what is done, what became of each."""
