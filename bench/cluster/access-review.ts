/**
 * One thing that a user may do or not, and the question that asks the API server for it.
 */
export interface Access {
  readonly verb: string;
  /** API group; "" is the core. */
  readonly group: string;
  /** Plural: `pods`. */
  readonly resource: string;
  readonly subresource: string | null;
  /** Null: of any name. */
  readonly name: string | null;
  /** Null: in the whole cluster. */
  readonly namespace: string | null;
}

/** https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-access-review-v1/ */
export function accessReview({ verb, group, resource, subresource, name, namespace }: Access): unknown {
  const attributes = {
    ...{ verb, group, resource },
    ...(subresource === null ? {} : { subresource }),
    ...(name === null ? {} : { name }),
    ...(namespace === null ? {} : { namespace }),
  };
  return {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec: { resourceAttributes: attributes },
  };
}
