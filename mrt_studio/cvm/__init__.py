"""The Cortex virtual machine (CVM), written from its specification: operators, proof, machine, format."""
