/** `favoriteTag` → `favorite-tag`: how a name looks in an address. */
export const kebab = (name: string): string => name.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase()

/** `favoriteTag` → `FavoriteTag`: inside a name. */
export const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)

// English plurals as far as addresses need them; what is irregular says its path.
export const plural = (name: string): string => {
  const word = kebab(name)
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`
  return /(s|x|z|ch|sh)$/.test(word) ? `${word}es` : `${word}s`
}
