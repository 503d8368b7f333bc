import type { TaskType } from '@switchyard/contract';

type Weights = Readonly<Partial<Record<TaskType, number>>>;

const phrases = (weights: Weights, text: string): [string, Weights][] =>
  text.split(/[,\n]/).flatMap((phrase) => (phrase.trim() === '' ? [] : [[phrase.trim(), weights]]));

/**
 * Words and runs of up to three words, and what they speak for. Strong ones name the task itself; weak ones only lean to
 * it and decide where nothing stronger is said. Runs of two are also found with small words between them.
 */
export const VOCABULARY: ReadonlyMap<string, Weights> = new Map([
  // Code that was not there before.
  ...phrases(
    { code_generation: 4 },
    `write code, generate code, write function, write class, write script, write program, write query, write sql,
     write regex, write method, write endpoint, implement, build me, scaffold, boilerplate, one-liner, one liner,
     please fix, fix it, fix this, fix the, fix that, fix my, make it work, make this work, get this working, port this,
     port to, port it, generate matching, matching types, code that, code to, code for, add support, add a, add an,
     i need policies, snippet, userscript, shortest you, create function, create class, create script, create component,
     create endpoint, create table, build component, build api, write component, schreib, schreibe, écris, escribe,
     mend it, mend this, patch that, solve it, give me the, command that, command to, query that, query to, query for,
     regex for, regex that, regex to, function that, function to, script that, script to, class that, formula for,
     formula that, how do i, how would i, how can i, doesn't compile, does not compile, won't compile, no longer builds,
     implementation of, implement this, extension on, extension for, macro that, type that, hook that, bash that`,
  ),
  ...phrases(
    { code_generation: 2 },
    `write, build, create, generate, implement, fix, code, convert, port, develop, program, i want, i need, give me,
     make me, requirements, script, extend, in python, in go, in rust, in typescript, in javascript, in java, in bash,
     in haskell, in swift, in kotlin, in c#, in ruby, in sql, in php, in perl, in lua, in elixir, no libraries, no deps,
     no dependencies, should return, must return, returns, takes, accepts, input, output`,
  ),
  ...phrases(
    { code_generation: 1 },
    'add, library, module, endpoint, component, regex, config, parser, cli, should, must',
  ),
  // An understanding of code.
  ...phrases(
    { code_explanation: 5 },
    `explain code, explain function, explain this, explain line, explain query, explain regex, explain what, explain how,
     explain why, what does this, what does the, what do these, what do the, what does it, does this do, does it do,
     walk me through, walk through, line by line, why does, why do, why is, why are, why am i, why did, why would, how come,
     what happens, what's going on, what is going on, what is happening, what's happening, tell me what, tell me why,
     help me understand, help me see, trying to follow, trying to understand, in words, in plain english, what is this,
     what's this, what's the, huh, how does this, how does it, how does the, what problem it, what it does, erkläre,
     erklär, explique, explica, qué hace, que fait, was macht, warum, pourquoi, por qué, what makes, where does, when does,
     who calls, what would happen, what will this, what would this, read this, reading this, what am i looking, meaning of,
     protects against, stand for, stands for, want to know, like to know, i'd like to understand, does that mean,
     trace the, tell me which, i am lost, am i lost, no idea, switch on, switches on, is it trying, trying to tell, err!, what is it, what did`,
  ),
  ...phrases(
    { code_explanation: 2.5 },
    `explain, what does, how does, why, understand, mean, means, meaning, clarify, step through, difference, confused,
     follow, reason, purpose of, output of, supposed to, happening, suddenly, is it because, apparently, interpret`,
  ),
  // A judgement of code.
  ...phrases(
    { code_review: 6 },
    `code review, review this, review my, review the, review these, review code, review pull, review diff, review for,
     sanity check, look over, looks ok, look ok, look right, looks right, feedback on, give feedback, verdict, would you approve,
     is it safe, is this safe, safe to, fit to merge, ready to merge, okay to merge, ok to merge, lgtm, anything wrong,
     what's wrong with, wrong with, find bugs, find bug, find the bug, spot bug, spot bugs, spot the, any bugs, any issues,
     any problems, audit, red flags, nitpick, before i merge, before merging, what did i miss, did i miss, they missed,
     am i right, is this right, is this correct, is that correct, is it correct, is it true, correct?, which is better,
     which of, who is right, is right about, your take, what do you think, your opinion, thoughts on, any good, good enough,
     critique, be critical, be harsh, roast, poke holes, uneasy, feels wrong, smells, code smell, code smells, exploitable,
     vulnerable, vulnerabilities, injection, security issues, schau mal, kritisch, drüber, relis, relire, revisa, revise,
     check my, check this, can you check, please check, check for, check whether, check if, approve, send it back,
     idempotent enough, is there a race, thread safe, thread-safe, race condition, acceptable, would this pass, holds up,
     do you see, see any, double check, double-check, list every weakness, every finding, findings, severity, what you'd flag, you'd flag,
     idiomatic go?, is this idiomatic, can two threads, does what i, what i intend, have a look, take a look, accessibility audit, any bug, comment on diffs,
     would you flag, would you sign off, point out, is it ok, is this ok, is this okay, is it okay, is this fine, is it fine`,
  ),
  ...phrases(
    { code_review: 2.5 },
    `review, reviewer, reviewers, reviewing, bugs, bug, concerns, pull request, pr, merge, diff, flagged, safe, secure,
     problem with, problems, mistakes, leak, leaks, risky, correctness, convention, conventions, judge, rate this`,
  ),
  // The same behaviour in another shape.
  ...phrases(
    { refactoring: 6 },
    `refactor, refactoring, refactored, clean up, clean this, cleanup, simplify, without changing, behaviour the same,
     behavior the same, same behaviour, same behavior, same result, no functional change, less code, shorter, collapse,
     extract, split into, split this, rename, renaming, invert, lookup table, deduplicate, dedupe, duplication, duplicated,
     copy pasted, copy-pasted, copy paste, modularise, modularize, early return, early returns, guard clauses, more readable,
     readable, idiomatic, more idiomatic, must go, get rid, vanilla equivalent, no lodash, without lodash, into hooks,
     with hooks, function component, moving from, instead of, under 80, flatten, pull out, untangle, decouple, tidy,
     restructure, reorganise, reorganize, modernise, modernize, rewrite, vereinfache, vereinfachen, simplifie, simplifier,
     refactorise, sans changer, umbauen, aufräumen, make the clock, nested, nesting, dry, boilerplate away, list comprehension,
     ternary, pattern matching, single responsibility, too long, god class, god object, magic numbers, dead code, share setup,
     share the, where to put, async/await, async await, replace with, replace this, use a map, without the, i'd rather have,
     strategy pattern, polymorphism, break up, break this up, same thing but, smaller functions, smaller pieces,
     reorder, with context instead, what would the code look, one source, bit-identical, identical output, style please, same output,
     prop drilling, drilling, swap, hoist, merge these, into one, unify, consolidate, abstract, java 21 style, to java, es6, separate the, remove the, records`,
  ),
  ...phrases(
    { refactoring: 2.5 },
    `faster, neater, cleaner, legacy, simpler, smaller, replace, move, moved, transform, turn this, flags, mess, messy,
     ugly, repeated, repetition, repetitive, selectors keep, keep the, one place, unchanged, equivalent, behaves the same`,
  ),
  // Tests and what they need.
  ...phrases(
    { testing: 6 },
    `unit test, unit tests, write test, write tests, test for, tests for, test case, test cases, test suite, test plan,
     test data, add tests, integration test, integration tests, e2e test, e2e tests, end-to-end test, regression test,
     property test, property tests, property-based, property based, pytest, vitest, junit, rspec, mocha, cypress, playwright,
     k6, locust, jmeter, gatling, unittest, phpunit, xctest, xunit, nunit, testcontainers, hypothesis, stryker, fixture, fixtures,
     factory for tests, mock, mocks, mocking, stub, stubs, test double, test doubles, fake, flaky, assertion, assertions,
     coverage, mutation, mutants, survivors, fuzz, fuzzing, load test, load script, stress test, snapshot test,
     contract test, smoke test, table driven, table-driven, parametrize, parametrized, chaos experiment, chaos experiments,
     teste, testfälle, tests unitaires, pruebas, edge cases, all pairs, minimal set of cases, assert that, test that, testet,
     seed data, go test, cargo test, doctest, benchmark, bench for, golden file, golden files,
     testbed, gherkin, acceptance suite, acceptance tests, acceptance test, verification, counterexample, counterexamples, storybook, interaction for,
     invariants checked, before and after, steps to reproduce, test matrix, checks that, verify that, verifies that, given when then, test runner, test setup`,
  ),
  ...phrases(
    { testing: 2.5 },
    'tests, test, testing, jest, spec, cases, expect, assert, ramps, suite, qa, covers, cover',
  ),
  // Words about software.
  ...phrases(
    { documentation: 7 },
    `readme, docstring, docstrings, jsdoc, tsdoc, javadoc, godoc, rustdoc, phpdoc, xmldoc, changelog, release note, release notes,
     runbook, post-mortem, postmortem, write-up, decision record, adr, commit message, pr description, help text, man page,
     description field, document this, document the, document our, document how, write docs, api docs, api documentation,
     add comments, comment this, comments to, inline comments, user guide, getting started, how-to, faq, handbook, wiki,
     style guide, for newcomers, page for, mermaid, diagram, sequence diagram, glossary, troubleshooting section,
     upgrade notes, migration notes, migration guide, install instructions, describe what each, describe each, openapi descriptions,
     description of, doku, dokumentation, documentation, documente, documenta, documenter, onboarding guide, onboarding doc,
     contributing, contributing.md, reference for, reference page, for the docs, tooltip, error message text, changelog entry,
     announcement, deprecation notice, write a page, knowledge base, section of, write the section,
     header comment, section comments, add header, make a table, public list, model card, limitations section, add a section, make a tutorial,
     tutorial with, a page, the page, summary for the, explainer, docs for, so that newcomers, for new joiners, for the wiki, for our wiki, into prose`,
  ),
  ...phrases(
    { documentation: 3 },
    'docs, document, documenting, comment, comments, tutorial, guide, notes, wording, readers, describe',
  ),
  // What to do, in which order.
  ...phrases(
    { planning: 6 },
    `roadmap, project plan, migration plan, plan for, plan to, plan a, plan my, plan our, plan the, action plan, break down,
     breakdown, epic, milestones, milestone, agenda, checklist, rollout, roll out, timeline, sprint, backlog, user stories,
     estimate, estimates, person days, story points, capacity plan, where do i start, where to start, how should we, should we,
     what first, which order, in what order, steps to, step by step plan, phases, phased, propose how, propose, design a,
     design the, design for, high-level design, system design, architecture for, design document, strategy for, strategy, outline,
     itinerary, trip, weekend in, days in, meal plan, meals, schedule for, prioritize, prioritise, work packages, tickets,
     task list, tasks for, no code, don't write, which would you, what would you do, approach for, approach to, rituals,
     onboarding for, 90 day, 30 min, kickoff, workshop, retro, plane, planung, plan d'action, planifie, planea, reihenfolge,
     think through, options for, for us, choose between, build or buy, migration strategy, is to go, deadline, go-live, cut-over,
     cutover, how do we get, split this epic, coming year, next quarter, over the next, trade-offs, tradeoffs, training plan,
     decompose, subgoals, numbered list of steps, list of steps, before we write, before writing code, before touching, week by week, day by day,
     how do i tackle, need to decide, sequence of, what sequence, rework it, rework the, the plan below, carry out, before you start, first do, next steps, staged`,
  ),
  ...phrases(
    { planning: 2 },
    `plan, planning, design, architecture, approach, schedule, weeks, months, quarter, team, teams, budget, risks, stakeholders,
     priorities, constraints, decide, decision, assumptions, headcount, calendar, sequence, order, migrate, days, week`,
  ),
  // Nothing to do with code at hand.
  ...phrases(
    { general: 5 },
    `poem, haiku, recipe, birthday, joke, song, novel, story, translate, translation, capital of, wedding, cover letter,
     essay, holiday, movie, film, restaurant, history of, summarize, summarise, lyrics, speech, diet, who is, who was,
     when did, where is, weather, mail to, email to, letter to, landlord, slogan, gift, pros and cons, difference between,
     what is a, what is an, what are, compare, sort these, classify, sentiment, synonym, synonyms, übersetze, traduis, traduce,
     rhyme, horoscope, headline, tagline, subject line, customer says, customer wrote, apologise, apologize, complaint,
     like i'm five, in one sentence what, advice, book, my boss, my colleague, my wife, my husband, my son, my daughter,
     how do you pronounce, stand for, stands for, yes or no, same as, fix the grammar, grammar, proofread, get paid, salary, ballpark, german law, contract clause, signature,
     extract name, i'm a pm, difference, in simple terms, is it worth`,
  ),
  ...phrases(
    { general: 2 },
    'letter, tweet, article, blog post, mail, email, friendly, polite, hello, thanks, name for, names for, people',
  ),
]);
