"""Pages of the main job."""

from django.urls import path

from cases.views import access, audit, cases, find, tasks, window, worklist

urlpatterns = [
    path("window/", window.window, name="window"),
    path("window/lookup/", window.lookup, name="window-lookup"),
    path("window/open/", window.open_case, name="window-open"),
    path("tasks/", worklist.work_list, name="tasks"),
    path("tasks/<int:pk>/", tasks.show, name="task"),
    path("tasks/<int:pk>/claim/", tasks.claim, name="task-claim"),
    path("tasks/<int:pk>/release/", tasks.release, name="task-release"),
    path("tasks/<int:pk>/complete/", tasks.complete, name="task-complete"),
    path("tasks/<int:pk>/draft/", tasks.draft, name="task-draft"),
    path("tasks/<int:pk>/supplement/", tasks.supplement, name="task-supplement"),
    path("tasks/<int:pk>/transfer/", tasks.transfer, name="task-transfer"),
    path("tasks/<int:pk>/delegate/", tasks.delegate, name="task-delegate"),
    path("tasks/<int:pk>/return/", tasks.send_back, name="task-return"),
    path("cases/", cases.case_list, name="cases"),
    path("cases/<int:pk>/", cases.show, name="case"),
    path("cases/<int:pk>/receipt/", window.receipt, name="receipt"),
    path("cases/<int:pk>/materials/", cases.add_material, name="case-material"),
    path("cases/<int:pk>/materials/<int:material_pk>/", cases.material, name="material"),
    path("cases/<int:pk>/office-visits/", cases.add_office_visit, name="case-visit"),
    path("cases/<int:pk>/relatives/", cases.declare_relative, name="case-relative"),
    path("cases/<int:pk>/withdraw/", cases.withdraw, name="case-withdraw"),
    path("cases/<int:pk>/diagram/", cases.diagram, name="case-diagram"),
    path("cases/<int:pk>/diagram.json", cases.diagram_data, name="case-diagram-data"),
    path("cases/<int:pk>/access/", access.show, name="case-access"),
    path(
        "cases/<int:pk>/access/<slug:kind>/<int:share_pk>/end/", access.end, name="case-share-end"
    ),
    path("find/", find.find, name="find"),
    path("access-log/", audit.access_log, name="access-log"),
    path("access-log/export/", audit.export, name="access-log-export"),
    path("changes/", audit.change_list, name="changes"),
]
