"""The tables of accounts, memberships, sessions, invitations and tokens as SQLModel classes; no logic."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class AccountRow(SQLModel, table=True):
    """A person who can sign in; `name_key` keeps two people from looking alike."""

    __tablename__ = "account"

    id: int | None = Field(default=None, primary_key=True)
    login: str
    name: str
    name_key: str
    password_hash: str | None = None
    issuer: str | None = None
    subject: str | None = None
    created_at: str
    disabled_at: str | None = None


class MembershipRow(SQLModel, table=True):
    """An account in a study, and the rater it answers as."""

    __tablename__ = "membership"

    id: int | None = Field(default=None, primary_key=True)
    study_id: int = Field(foreign_key="study.id")
    account_id: int = Field(foreign_key="account.id")
    rater_id: int | None = Field(default=None, foreign_key="rater.id")
    at: str


class MembershipRoleRow(SQLModel, table=True):
    """One role of a membership."""

    __tablename__ = "membership_role"

    membership_id: int = Field(primary_key=True, foreign_key="membership.id")
    role: str = Field(primary_key=True)
    at: str


class WebSessionRow(SQLModel, table=True):
    """One login in one browser, by the hash of its token."""

    __tablename__ = "web_session"

    id: int | None = Field(default=None, primary_key=True)
    token_sha256: str
    study_id: int = Field(foreign_key="study.id")
    account_id: int = Field(foreign_key="account.id")
    how: str
    created_at: str
    expires_at: str
    seen_at: str
    ended_at: str | None = None


class InvitationRow(SQLModel, table=True):
    """A link that makes a person a member once; with an account, a link that sets its password."""

    __tablename__ = "invitation"

    id: int | None = Field(default=None, primary_key=True)
    token_sha256: str
    study_id: int = Field(foreign_key="study.id")
    account_id: int | None = Field(default=None, foreign_key="account.id")
    roles: str
    rater_name: str | None = None
    email: str | None = None
    invited_by: str
    created_at: str
    expires_at: str
    used_at: str | None = None
    used_by: int | None = Field(default=None, foreign_key="account.id")
    revoked_at: str | None = None


class PersonalTokenRow(SQLModel, table=True):
    """What stands for a person on the command line, by its hash."""

    __tablename__ = "personal_token"

    id: int | None = Field(default=None, primary_key=True)
    token_sha256: str
    study_id: int = Field(foreign_key="study.id")
    account_id: int = Field(foreign_key="account.id")
    name: str
    created_at: str
    expires_at: str
    revoked_at: str | None = None


class LoginFailureRow(SQLModel, table=True):
    """How often a login or a client's address has failed of late, and how long it waits."""

    __tablename__ = "login_failure"

    subject: str | None = Field(default=None, primary_key=True)
    failures: int
    last_at: str
    wait_until: str
