"""The second factor: a code of the person's telephone or a passkey, after the password.

`policy`: who must have it, and who may. `codes`: the secret, its codes, and the recovery codes.
`passkeys`: keys in a device. `held`: which of both a person has. `waiting`: people who gave their
password and not yet the second factor; everyone comes in through it. `fresh`: a recent one before
what cannot be taken back. `resets`: by two people, when it is lost. `gestores`: a role given, and
the second person for a new Gestor. `pages` and `passkey_pages`:
setting it up, giving it, changing it.
"""
