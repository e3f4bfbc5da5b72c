-- Written by tests/first_migration.py.

CREATE TRIGGER protected_log_update
before update on log when not exit_is_open()
begin select raise(abort, 'log is protected: no update'); end;

CREATE TRIGGER protected_log_delete
before delete on log when not exit_is_open()
begin select raise(abort, 'log is protected: no delete'); end;

CREATE TRIGGER protected_visit_version_update
before update on visit_version when not exit_is_open()
begin select raise(abort, 'visit_version is protected: no update'); end;

CREATE TRIGGER protected_visit_version_delete
before delete on visit_version when not exit_is_open()
begin select raise(abort, 'visit_version is protected: no delete'); end;

CREATE TRIGGER protected_visit_subject_update
before update on visit_subject when not exit_is_open()
begin select raise(abort, 'visit_subject is protected: no update'); end;

CREATE TRIGGER protected_visit_subject_delete
before delete on visit_subject when not exit_is_open()
begin select raise(abort, 'visit_subject is protected: no delete'); end;

CREATE TRIGGER protected_interest_act_update
before update of id, code, number, act, reason, register_id, visit_id, planned_visit_id, held_on, held_at, decision_maker_id, holder_name, holder_post, holder_unit, actor_name, document_type, document_number, visitor_key, interest_of, third_name, third_ruc, decision_sought, matter, documents, place, declared, norm_version, recorded_at, by_id, submission, search_text, written_in on interest_act when not exit_is_open()
begin select raise(abort, 'interest_act is protected: no update'); end;

CREATE TRIGGER protected_interest_act_delete
before delete on interest_act when not exit_is_open()
begin select raise(abort, 'interest_act is protected: no delete'); end;

CREATE TRIGGER protected_issued_paper_update
before update on issued_paper when not exit_is_open()
begin select raise(abort, 'issued_paper is protected: no update'); end;

CREATE TRIGGER protected_issued_paper_delete
before delete on issued_paper when not exit_is_open()
begin select raise(abort, 'issued_paper is protected: no delete'); end;

CREATE TRIGGER protected_paper_act_update
before update on paper_act when not exit_is_open()
begin select raise(abort, 'paper_act is protected: no update'); end;

CREATE TRIGGER protected_paper_act_delete
before delete on paper_act when not exit_is_open()
begin select raise(abort, 'paper_act is protected: no delete'); end;

CREATE TRIGGER protected_deployment_update
before update on deployment when not exit_is_open()
begin select raise(abort, 'deployment is protected: no update'); end;

CREATE TRIGGER protected_deployment_delete
before delete on deployment when not exit_is_open()
begin select raise(abort, 'deployment is protected: no delete'); end;

CREATE TRIGGER protected_put_into_force_update
before update on put_into_force when not exit_is_open()
begin select raise(abort, 'put_into_force is protected: no update'); end;

CREATE TRIGGER protected_put_into_force_delete
before delete on put_into_force when not exit_is_open()
begin select raise(abort, 'put_into_force is protected: no delete'); end;

CREATE TRIGGER protected_version_offer_update
before update on version_offer when not exit_is_open()
begin select raise(abort, 'version_offer is protected: no update'); end;

CREATE TRIGGER protected_version_offer_delete
before delete on version_offer when not exit_is_open()
begin select raise(abort, 'version_offer is protected: no delete'); end;

CREATE TRIGGER protected_chain_closing_update
before update on chain_closing when not exit_is_open()
begin select raise(abort, 'chain_closing is protected: no update'); end;

CREATE TRIGGER protected_chain_closing_delete
before delete on chain_closing when not exit_is_open()
begin select raise(abort, 'chain_closing is protected: no delete'); end;

CREATE TRIGGER protected_chain_leaf_update
before update on chain_leaf when not exit_is_open()
begin select raise(abort, 'chain_leaf is protected: no update'); end;

CREATE TRIGGER protected_chain_leaf_delete
before delete on chain_leaf when not exit_is_open()
begin select raise(abort, 'chain_leaf is protected: no delete'); end;
