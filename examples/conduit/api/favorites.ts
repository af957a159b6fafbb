import { route } from '../models/index.ts'
import { favoriteArticle, unfavoriteArticle } from '../services/favorites.ts'

export const postFavorite = route('POST /api/articles/:slug/favorite', {
  status: 200,
  calls: favoriteArticle,
  answers: ({ result }) => ({ article: result }),
})

export const removeFavorite = route('DELETE /api/articles/:slug/favorite', {
  calls: unfavoriteArticle,
  answers: ({ result }) => ({ article: result }),
})
