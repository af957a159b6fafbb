// NestJS on Fastify with TypeORM, a global ValidationPipe, a pool of ten; compiled by tsc as `nest build` does.
import 'reflect-metadata'
import { Body, Controller, Get, Inject, Module, Param, Post, ValidationPipe } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import { getRepositoryToken, TypeOrmModule } from '@nestjs/typeorm'
import { IsString, IsUUID, Length } from 'class-validator'
import { Column, Entity, JoinColumn, ManyToOne, OneToMany, PrimaryColumn, Repository } from 'typeorm'
import { nextId } from '../next-id.js'

const [port, url, actor] = process.argv.slice(2)

@Entity('user')
class User {
  @PrimaryColumn('uuid') id!: string
  @Column('text') name!: string
}
@Entity('tag')
class Tag {
  @PrimaryColumn('uuid') id!: string
  @Column('text') name!: string
}
@Entity('article')
class Article {
  @PrimaryColumn('uuid') id!: string
  @Column('text') title!: string
  @Column('text') body!: string
  @Column('text') status!: string
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date
  @Column('uuid', { name: 'author_id' }) authorId!: string
  @ManyToOne(() => User) @JoinColumn({ name: 'author_id' }) author!: User
  @OneToMany(() => ArticleTag, (link) => link.article) links!: ArticleTag[]
}
@Entity('article_tag')
class ArticleTag {
  @PrimaryColumn('uuid') id!: string
  @ManyToOne(() => Article, (article) => article.links) @JoinColumn({ name: 'article_id' }) article!: Article
  @ManyToOne(() => Tag) @JoinColumn({ name: 'tag_id' }) tag!: Tag
}
@Entity('comment')
class Comment {
  @PrimaryColumn('uuid') id!: string
  @Column('text') body!: string
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date
  @Column('uuid', { name: 'article_id' }) articleId!: string
  @Column('uuid', { name: 'author_id' }) authorId!: string
  @ManyToOne(() => User) @JoinColumn({ name: 'author_id' }) author!: User
}
class NewComment {
  @IsUUID() articleId!: string
  @IsString() @Length(1, 2000) body!: string
}

@Controller()
class Blog {
  private readonly articles: Repository<Article>
  private readonly comments: Repository<Comment>
  constructor(
    @Inject(getRepositoryToken(Article)) articles: Repository<Article>,
    @Inject(getRepositoryToken(Comment)) comments: Repository<Comment>,
  ) {
    this.articles = articles
    this.comments = comments
  }
  @Get('articles/:id') article(@Param('id') id: string) {
    return this.articles.findOneBy({ id })
  }
  @Get('newest') async newest() {
    const rows = await this.articles.find({
      select: { id: true, title: true, createdAt: true, author: { id: true, name: true }, links: { id: true, tag: { id: true, name: true } } },
      relations: { author: true, links: { tag: true } },
      order: { createdAt: 'DESC', id: 'DESC' },
      take: 20,
      relationLoadStrategy: 'query', // joined, `take` would be a `select distinct` over every article
    })
    return { articles: rows.map(({ links, ...row }) => ({ ...row, tags: links.sort((a, b) => (a.id < b.id ? -1 : 1)).map((link) => link.tag.name) })) }
  }
  /** TypeORM has no limit of a relation: a window over the comments of the twenty, then their rows. */
  @Get('threads') async threads() {
    const rows = await this.articles.find({
      select: { id: true, title: true, author: { id: true, name: true } },
      relations: { author: true },
      order: { createdAt: 'DESC', id: 'DESC' },
      take: 20,
      relationLoadStrategy: 'query',
    })
    const comments = await this.comments
      .createQueryBuilder('comment')
      .innerJoin('comment.author', 'author')
      .select(['comment.id', 'comment.body', 'comment.createdAt', 'comment.articleId', 'author.id', 'author.name'])
      .where(
        `comment.id in (select id from (select id, row_number() over (partition by article_id order by created_at, id) n
          from comment where article_id in (:...ids)) ranked where n <= 5)`,
        { ids: rows.map((row) => row.id) },
      )
      .orderBy('comment.createdAt')
      .addOrderBy('comment.id')
      .getMany()
    const of = Map.groupBy(comments, (comment) => comment.articleId)
    return { articles: rows.map((row) => ({ ...row, comments: (of.get(row.id) ?? []).map(({ articleId, ...rest }) => rest) })) }
  }
  @Post('comments') async comment(@Body() body: NewComment) {
    const made = { id: nextId(), ...body, createdAt: new Date(), authorId: actor! }
    await this.comments.insert(made)
    return made
  }
}

@Module({
  imports: [
    TypeOrmModule.forRoot({ type: 'postgres', url: url!, entities: [User, Tag, Article, ArticleTag, Comment], synchronize: false, poolSize: 10 }),
    TypeOrmModule.forFeature([Article, Comment]),
  ],
  controllers: [Blog],
})
class App {}

const app = await NestFactory.create<NestFastifyApplication>(App, new FastifyAdapter(), { logger: false })
app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }))
await app.listen(Number(port), '127.0.0.1')
