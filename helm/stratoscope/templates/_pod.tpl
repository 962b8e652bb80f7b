{{/*
Parts of pods that all components share. Each is given (list $ VALUES-OF-THE-COMPONENT "component").
*/}}

{{/* `metadata` of a pod's template. `checksum`: of the settings, so that pods are made anew when they change. */}}
{{- define "stratoscope.pod.metadata" -}}
{{- $root := index . 0 -}}
{{- $values := index . 1 -}}
labels:
  {{- merge (fromYaml (include "stratoscope.labels" (list $root (index . 2)))) $values.podLabels | toYaml | nindent 2 }}
{{- $annotations := merge (dict) $values.podAnnotations $root.Values.commonAnnotations }}
{{- if gt (len .) 3 }}
{{- $_ := set $annotations "checksum/settings" (index . 3 | sha256sum) }}
{{- end }}
{{- with $annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Who may look at the images, and where the pod may run. */}}
{{- define "stratoscope.pod.placing" -}}
{{- $root := index . 0 -}}
{{- $values := index . 1 -}}
enableServiceLinks: false
{{- with concat $root.Values.imagePullSecrets $root.Values.global.imagePullSecrets | uniq }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with $values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The restricted profile of Pod Security. 42931 is the user of the image. */}}
{{- define "stratoscope.pod.restricted" -}}
runAsNonRoot: true
runAsUser: 42931
runAsGroup: 42931
fsGroup: 42931
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "stratoscope.container.restricted" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* Where a container finds what its settings refer to. */}}
{{- define "stratoscope.container.env" -}}
terminationMessagePolicy: FallbackToLogsOnError
{{- with (index . 1).env }}
env:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with (index . 1).envFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "stratoscope.container.mounts" -}}
{{- $root := index . 0 -}}
{{- $values := index . 1 -}}
- {name: settings, mountPath: /etc/stratoscope, readOnly: true}
{{- range $values.secrets }}
- {name: secret-{{ . | sha256sum | trunc 8 }}, mountPath: /run/secrets/stratoscope/{{ . }}, readOnly: true}
{{- end }}
{{- if $root.Values.metrics.webConfigSecret }}
- {name: web-config, mountPath: /etc/web-config, readOnly: true}
{{- end }}
{{- with $values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The third of the list is the name of the ConfigMap with the settings. 0440: for the group, which is fsGroup. */}}
{{- define "stratoscope.pod.volumes" -}}
{{- $root := index . 0 -}}
{{- $values := index . 1 -}}
- name: settings
  configMap: {name: {{ index . 2 }}}
{{- range $values.secrets }}
- name: secret-{{ . | sha256sum | trunc 8 }}
  secret: {secretName: {{ . }}, defaultMode: 0440}
{{- end }}
{{- with $root.Values.metrics.webConfigSecret }}
- name: web-config
  secret: {secretName: {{ . }}, defaultMode: 0440}
{{- end }}
{{- with $values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/*
Probes of a process that serves metrics. Liveness asks nothing but whether it answers: what it looks at may be down for long.
*/}}
{{- define "stratoscope.container.probes" -}}
{{- $get := printf "{path: /-/healthy, port: metrics, scheme: %s}" (upper .Values.metrics.scheme) -}}
startupProbe: {httpGet: {{ $get }}, periodSeconds: 2, failureThreshold: 60, timeoutSeconds: 2}
livenessProbe: {httpGet: {{ $get }}, periodSeconds: 20, failureThreshold: 6, timeoutSeconds: 5}
readinessProbe: {httpGet: {{ $get }}, periodSeconds: 10, failureThreshold: 3, timeoutSeconds: 5}
{{- end }}

{{/* Top of every settings file that serves metrics. */}}
{{- define "stratoscope.settings.web" -}}
{{- if .Values.metrics.webConfigSecret }}
web_config: /etc/web-config/web-config.yaml
{{- end }}
{{- end }}
