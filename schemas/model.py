"""The base of all our models."""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """One whose checks are built when the first of its kind is read or written, and not when code is loaded.

    A command and a process use few of all models; pydantic lets one thread at a time build. Those of the API
    are no such models: FastAPI builds what it shows, and warns of what is built later.
    """

    model_config = ConfigDict(defer_build=True)
