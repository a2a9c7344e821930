"""Addresses of the main job, below /api/v1/."""

from django.urls import path

from cases.api import audit, cases, tasks

urlpatterns = [
    path("matters/", cases.MattersView.as_view()),
    path("applicants/lookup/", cases.LookupView.as_view()),
    path("cases/", cases.CasesView.as_view()),
    path("cases/<int:pk>/", cases.CaseView.as_view()),
    path("cases/<int:pk>/timeline/", cases.TimelineView.as_view()),
    path("cases/<int:pk>/diagram/", cases.DiagramView.as_view()),
    path("cases/<int:pk>/materials/", cases.MaterialsView.as_view()),
    path("cases/<int:pk>/office-visits/", cases.OfficeVisitsView.as_view()),
    path("cases/<int:pk>/relatives/", cases.RelativesView.as_view()),
    path("cases/<int:pk>/withdraw/", cases.WithdrawView.as_view()),
    path("life-events/", cases.LifeEventsView.as_view()),
    path("access-log/", audit.AccessLogView.as_view()),
    path("changes/", audit.ChangesView.as_view()),
    path("tasks/", tasks.TasksView.as_view()),
    path("tasks/<int:pk>/", tasks.TaskView.as_view()),
    path("tasks/<int:pk>/claim/", tasks.ClaimView.as_view()),
    path("tasks/<int:pk>/release/", tasks.ReleaseView.as_view()),
    path("tasks/<int:pk>/complete/", tasks.CompleteView.as_view()),
    path("tasks/<int:pk>/draft/", tasks.DraftView.as_view()),
    path("tasks/<int:pk>/supplement/", tasks.SupplementView.as_view()),
    path("tasks/<int:pk>/transfer/", tasks.TransferView.as_view()),
    path("tasks/<int:pk>/delegate/", tasks.DelegateView.as_view()),
    path("tasks/<int:pk>/return/", tasks.ReturnView.as_view()),
]
