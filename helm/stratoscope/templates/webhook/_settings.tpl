{{- define "stratoscope.webhook.name" -}}
{{- include "stratoscope.fullname" . }}-webhook
{{- end }}

{{/* A selector of the namespaces that are opted in. */}}
{{- define "stratoscope.injection.namespaces" -}}
matchLabels: {stratoscope.io/inject: enabled}
{{- with .Values.injection.excludedNamespaces }}
matchExpressions:
  - {key: kubernetes.io/metadata.name, operator: NotIn, values: {{ toJson . }}}
{{- end }}
{{- end }}

{{/* Name of its configuration, which has no namespace. */}}
{{- define "stratoscope.webhook.configuration" -}}
{{- include "stratoscope.clusterName" . }}-webhook
{{- end }}

{{/* Name of the Secret with its certificate. */}}
{{- define "stratoscope.webhook.secret" -}}
{{- if eq .Values.certificates.mode "own" -}}
{{- .Values.certificates.own.secret -}}
{{- else -}}
{{- include "stratoscope.webhook.name" . }}-certificate
{{- end -}}
{{- end }}

{{/* The names by which the API server calls it, as a list. */}}
{{- define "stratoscope.webhook.hosts" -}}
{{- $name := include "stratoscope.webhook.name" . -}}
{{- $host := printf "%s.%s.svc" $name .Release.Namespace -}}
{{- list $host (printf "%s.cluster.local" $host) | toJson -}}
{{- end }}

{{/* The settings file of `stratoscope webhook`. */}}
{{- define "stratoscope.webhook.settings" -}}
{{- $inject := merge (dict "image" (include "stratoscope.image" .) "image_pull_policy" .Values.image.pullPolicy) .Values.injection.settings -}}
{{- dict
  "listen" (printf ":%v" .Values.webhook.port)
  "certificate" "/etc/certificate/tls.crt"
  "key" "/etc/certificate/tls.key"
  "events" .Values.webhook.events
  "inject" $inject
  | toYaml }}
{{- end }}
