"""What a screening keeps."""

from screening.models.corrections import Correction
from screening.models.findings import Finding
from screening.models.leads import Lead, LeadSource
from screening.models.policies import Policy, PolicyReading
from screening.models.rehearsals import Rehearsal

__all__ = ["Correction", "Finding", "Lead", "LeadSource", "Policy", "PolicyReading", "Rehearsal"]
