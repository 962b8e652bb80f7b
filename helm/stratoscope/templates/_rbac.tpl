{{/* A service account: (list $ "component" "name" annotations). Who needs the API mounts its token in the pod. */}}
{{- define "stratoscope.serviceAccount" -}}
{{- $root := index . 0 }}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ index . 2 }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "stratoscope.labels" (list $root (index . 1)) | nindent 4 }}
  {{- with merge (dict) (index . 3) $root.Values.commonAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
automountServiceAccountToken: false
{{- end }}

{{/* (list $ "component" "name of role and binding" "service account") */}}
{{- define "stratoscope.clusterRoleBinding" -}}
{{- $root := index . 0 }}
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  {{- include "stratoscope.metadata" (list $root (index . 1) (index . 2) "cluster") | nindent 2 }}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {{ index . 2 }}}
subjects:
  - {kind: ServiceAccount, name: {{ index . 3 }}, namespace: {{ $root.Release.Namespace }}}
{{- end }}
