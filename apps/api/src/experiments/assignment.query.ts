import { ApiProperty } from '@nestjs/swagger';
import { Matches } from 'class-validator';

/** The query of `GET /v1/experiments/{name}/assignment`. */
export class AssignmentQuery {
  @ApiProperty({ description: 'Whose arm is asked for; a job with this `userId` gets the same.', example: 'user-42' })
  // Nothing that is named holds a control character or half of a surrogate pair.
  @Matches(/^[^\p{Cc}\p{Cs}]{1,256}$/u, { message: 'must name a user, with 1 to 256 characters' })
  userId!: string;
}
