"""What several operators of the machine share; nothing here is an operator."""
