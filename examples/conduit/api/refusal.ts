import type { Problem } from 'bede'

/**
 * A refusal as the RealWorld contract has it: `{"errors": {"body": ["…"]}}`. The contract knows 401, 403, 404 and 422;
 * whatever is wrong with a request, or in conflict with what is there, is a 422.
 */
export const refusal = (problem: Problem) => {
  const status = problem.status === 400 || problem.status === 409 ? 422 : problem.status
  const places = status === 422 ? problem.details.map(({ place, message }) => `${nameOf(place)}: ${message}`) : []
  // What the caller goes on with, where there is anything: the challenge of a sign-in that has a second step.
  return { status, body: { errors: { body: places.length > 0 ? places : [problem.message] }, ...problem.members } }
}

/** `/body/article/tagList/0` is `tagList.0`: a client knows where its article is. */
const nameOf = (place: string) =>
  place
    .replace(/^\/(query|path|body\/\w+)\//, '')
    .replace(/^\//, '')
    .replaceAll('/', '.')
