"""The demonstration bank: branches, logins, two files loaded through the real pipeline, everything served."""
