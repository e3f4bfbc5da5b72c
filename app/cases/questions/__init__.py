"""Questions of entities to the PCM, and internal notes of coordinators.

`threads`: the acts on a question; `marks`: when a step waits for its answer; `terms`: its days;
`listing`: who has to answer it; `letters`, `by_mail`, `quoting`: its mails out and in; `attached`:
its papers; `notes`: internal notes. Their pages are in `app.onboarding.questions`.
"""
