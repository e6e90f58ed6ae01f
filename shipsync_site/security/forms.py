"""Forms of the access pages."""

from __future__ import annotations

from django import forms


class CodeForm(forms.Form):
    """A code of the app or a recovery code."""

    code = forms.CharField(
        max_length=20,
        label="Code",
        help_text="The six digits that the app shows now, or one of your recovery codes.",
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autofocus": True}
        ),
    )


class SetUpForm(forms.Form):
    """The first code of a new app; ``form`` carries the sealed secret."""

    form = forms.CharField(max_length=2000, widget=forms.HiddenInput)
    code = forms.CharField(
        max_length=20,
        label="Code from the app",
        help_text="Six digits. It changes every 30 seconds.",
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}
        ),
    )


class PasswordForm(forms.Form):
    """The person's password again, before access is changed."""

    password = forms.CharField(
        max_length=4096,
        label="Your password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
